"""Every model of timm counted once, set against PyTorch's own counter and against what timm publishes."""
