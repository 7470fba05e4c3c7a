raise RuntimeError("this module does not work on this machine")
