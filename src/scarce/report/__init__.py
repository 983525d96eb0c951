"""The report: one self-contained HTML page with figures drawn as SVG; see `scarce.report.page`."""
