"""What the pages load: style, script, icon; nothing from elsewhere."""
