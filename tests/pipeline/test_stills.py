from morphlapse.pipeline.stills import name_stills


def test_stills_of_equal_names_are_numbered(tmp_path):
    paths = [tmp_path / "one" / "a.jpg", tmp_path / "two" / "a.png", tmp_path / "A.heic"]
    assert name_stills(paths) == ["a.jpg", "a-2.jpg", "A-3.jpg"]
