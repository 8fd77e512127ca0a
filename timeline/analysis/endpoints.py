"""Moved: see `timeline.endpoints`."""

from timeline.endpoints import Endpoints

__all__ = ["Endpoints"]
