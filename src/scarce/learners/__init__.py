"""Learners: what an arm trains. Each prepares a fold once, and fits every treatment on what it prepared."""
