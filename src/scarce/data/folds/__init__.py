"""Which rows are tested together: copies, groups and times kept on one side."""
