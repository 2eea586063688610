"""The local explorer: web pages on 127.0.0.1 over whichever store is in use. It reads, and writes nothing."""
