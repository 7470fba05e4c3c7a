"""A module of the user's own that imports well only where another package is installed."""

import a_package_that_nobody_installed  # type: ignore[import-not-found]

DETECTOR = a_package_that_nobody_installed.Detector
