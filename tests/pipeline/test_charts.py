import re

import pytest

from morphlapse.pipeline.charts import Axis, Curve, draw_chart


def test_a_chart_shows_its_values_where_they_belong():
    axis = Axis(["a", "b", "c", "<d>"], ("May <1>", "June"))
    chart = draw_chart("Turn", "degrees", [Curve("turn", [0.0, 10.0, None, 5.0])], axis)
    dots = [(float(x), float(y)) for x, y in re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', chart)]
    assert len(dots) == 3
    assert dots[0][0] < dots[1][0] < dots[2][0]
    assert dots[1][1] < dots[2][1] < dots[0][1]
    assert chart.count("<polyline") == 2
    assert "&lt;d&gt;: turn 5 (degrees)" in chart
    assert chart.index("May &lt;1&gt;") < chart.index("June")


@pytest.mark.parametrize("values", [[], [None, None], [float("nan")]])
def test_a_chart_of_nothing_is_left_out(values):
    assert draw_chart("Turn", "degrees", [Curve("turn", values)], Axis(["a"] * len(values), ("", ""))) == ""
