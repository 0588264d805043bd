import json

from morphlapse.album.schema import AlbumFile, Correction, FrameEntry, PhotoEntry, schema


def test_the_schema_tells_of_every_field_and_is_json():
    told = json.loads(json.dumps(schema()))
    assert set(told["properties"]) == set(AlbumFile.model_fields)
    for part in (Correction, PhotoEntry, FrameEntry):
        inner = told["$defs"][part.__name__]
        assert set(inner["properties"]) == set(part.model_fields)
        assert inner["additionalProperties"] is False
        assert all("description" in each for each in inner["properties"].values())
