"""Networks of any kind as files for devices without PyTorch."""
