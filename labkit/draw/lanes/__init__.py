"""Time: the processes of a recording as lanes, their calls in order, who woke whom."""
