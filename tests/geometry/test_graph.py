"""A series placed from relations between its members."""

import numpy as np

from morphlapse.geometry.graph import Relation, solve_series
from morphlapse.geometry.similarity import invert, map_points, similarity

POINTS = np.array([[100.0, 50.0], [140.0, 200.0], [90.0, 400.0]])
PLACES = [similarity(1.0 + 0.05 * k, 0.02 * k, (10.0 * k, -4.0 * k)) for k in range(6)]


def relate(moving, fixed, *, noise=0.0, seed=0):
    matrix = invert(PLACES[fixed]) @ PLACES[moving]
    off = similarity(1.0 + noise * 0.01, 0.01 * noise, (noise * np.cos(seed), noise * np.sin(seed)))
    return Relation(moving, fixed, off @ matrix, POINTS)


def misses(found):
    return max(np.abs(map_points(a, POINTS) - map_points(b, POINTS)).max() for a, b in zip(found, PLACES, strict=True))


def test_exact_relations_give_exact_places():
    found, off = solve_series([relate(k, 0) for k in range(1, 6)], 6, 0, noise=1.0)
    assert misses(found) < 1e-6
    assert off.max() < 1e-6


def test_a_chain_reaches_the_reference():
    found, _ = solve_series([relate(k, k - 1) for k in range(1, 6)], 6, 0, noise=1.0)
    assert misses(found) < 1e-6


def test_the_reference_stays():
    found, _ = solve_series([relate(k, 2) for k in range(6) if k != 2], 6, 2, noise=1.0)
    assert np.allclose(found[2], np.eye(3))


def test_a_wrong_relation_is_outvoted():
    relations = [relate(k, 0) for k in range(1, 6)] + [relate(k, k - 1) for k in range(2, 6)]
    wrong = Relation(3, 0, similarity(1.0, 0.5, (300.0, 0.0)), POINTS)
    found, off = solve_series([*relations[:2], wrong, *relations[3:]], 6, 0, noise=0.5)
    assert misses(found) < 0.5
    assert off[2] > 50.0


def test_contradictory_relations_meet_in_the_middle():
    a, b = (Relation(1, 0, similarity(shift=(x, 0.0)), POINTS) for x in (9.0, 11.0))
    found, _ = solve_series([a, b], 2, 0, noise=5.0)
    assert np.allclose(map_points(found[1], POINTS) - POINTS, [10.0, 0.0], atol=1e-3)
