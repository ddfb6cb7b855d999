"""Runs on disk, read into pandas and told as HTML, Markdown and CSV."""
