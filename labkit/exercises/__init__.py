"""Exercises: each asks for behaviour, runs the learner's program and says whether it shows it, and if not, why not."""
