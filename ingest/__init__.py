"""The world into the graph: sources, load, journal, and the pipeline in which they meet."""
