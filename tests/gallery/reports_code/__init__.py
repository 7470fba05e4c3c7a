"""Code of the reports in docs/gallery.md, as small as it can be and still fail in the same way."""
