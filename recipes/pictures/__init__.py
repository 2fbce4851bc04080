"""The parts of a run's report, one a file.

Each part has two functions. `pictures(run)` lists its `style.Picture`s, and `section(run, shown)` gives its HTML, where
`shown` maps the name of a picture to its `<figure>`; the section is empty where the run has nothing for that part.
"""
