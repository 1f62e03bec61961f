"""The `yuqing` command: what people type, and what they read, in Chinese."""
