"""Tests of the machinery itself."""
