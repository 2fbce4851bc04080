def doctor():
    """later"""
