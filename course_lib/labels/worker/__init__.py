"""The other process of a potential with an environment of its own.

What stands here runs with the packages of that environment: it imports nothing else of the course.
"""
