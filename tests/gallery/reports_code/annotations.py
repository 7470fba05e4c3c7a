from __future__ import annotations


class CocoAnnotations:
    """Opens its file when it is first asked for something, hours after it was made."""

    def __init__(self, annotation_file: str) -> None:
        self.annotation_file = annotation_file
