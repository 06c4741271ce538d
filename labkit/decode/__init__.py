"""Pure: from what was captured to what it means. Opens nothing, runs nothing, works on any system."""
