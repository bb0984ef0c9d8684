"""Damaged input of every kind, made from valid input and given to each door of the program."""
