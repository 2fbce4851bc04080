def export():
    """later"""
