"""Benchmarks and studies; each module prints tables. ``python -m benchmarks [NAME ...]`` runs all or some."""
