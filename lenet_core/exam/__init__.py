"""The exam: every two-star exercise of the book, answered in files and marked offline.

    python -m lenet_core.exam [FOLDER]

writes a starter for each question into FOLDER ("exam" unless named). Called again, it marks the
answers, each in a process of its own, and says which section of the book to read again.
"""
