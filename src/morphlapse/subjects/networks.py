"""The networks in MediaPipe's wheel: four graphs that each look at one square crop.

Crops are cut, turned and mapped back by `crops.py`, so the graphs hold nothing but their models; a picture's answer
does not depend on the one before. Positions are pixels of the crop.

Models: BlazePose (Bazarevsky et al. 2020) with its detector and segmentation, BlazeFace (Bazarevsky et al. 2019) at
short and at full range, and the face mesh with attention (Grishchenko et al. 2020). All lie in the wheel, under Apache
2.0; nothing is downloaded.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8
from mediapipe.framework.formats import rect_pb2
from mediapipe.python.solution_base import SolutionBase
from numpy import ndarray

from morphlapse.subjects.noise import hush_native_log

BODY_PX = 224
POSE_PX = 256
FAR_FACE_PX = 192
NEAR_FACE_PX = 128
MESH_PX = 192

BODY_SEEN = 0.3
"""Bodies of a lower score are not seen; where a face is, a faint body helps to find its crop."""

FACE_SEEN = 0.5
"""Faces of a lower score are not seen; this is MediaPipe's own default."""

DETECTION = """
input_stream: "image"
output_stream: "detections"
node {{ calculator: "{calculator}" input_stream: "IMAGE:image" output_stream: "DETECTIONS:detections" }}
"""

# PoseLandmarkByRoiCpu, less its own crop, its threshold (the score is wanted) and its warp back to the photo.
POSE = """
input_stream: "image"
output_stream: "points"
output_stream: "presence"
output_stream: "mask"
node {
  calculator: "ImageToTensorCalculator" input_stream: "IMAGE:image" output_stream: "TENSORS:input"
  options { [mediapipe.ImageToTensorCalculatorOptions.ext] {
    output_tensor_width: 256 output_tensor_height: 256 output_tensor_float_range { min: 0 max: 1 } } }
}
node {
  calculator: "InferenceCalculatorCpu" input_stream: "TENSORS:input" output_stream: "TENSORS:output"
  options { [mediapipe.InferenceCalculatorOptions.ext] {
    model_path: "mediapipe/modules/pose_landmark/pose_landmark_full.tflite" delegate { xnnpack { } } } }
}
node {
  calculator: "SplitTensorVectorCalculator" input_stream: "output"
  output_stream: "points_tensor" output_stream: "presence_tensor"
  output_stream: "mask_tensor" output_stream: "heatmap_tensor"
  options { [mediapipe.SplitVectorCalculatorOptions.ext] {
    ranges { begin: 0 end: 1 } ranges { begin: 1 end: 2 } ranges { begin: 2 end: 3 } ranges { begin: 3 end: 4 } } }
}
node { calculator: "TensorsToFloatsCalculator" input_stream: "TENSORS:presence_tensor" output_stream: "FLOAT:presence" }
node {
  calculator: "TensorsToLandmarksCalculator"
  input_stream: "TENSORS:points_tensor" output_stream: "NORM_LANDMARKS:raw_points"
  options { [mediapipe.TensorsToLandmarksCalculatorOptions.ext] {
    num_landmarks: 39 input_image_width: 256 input_image_height: 256
    visibility_activation: SIGMOID presence_activation: SIGMOID } }
}
node {
  calculator: "RefineLandmarksFromHeatmapCalculator"
  input_stream: "NORM_LANDMARKS:raw_points" input_stream: "TENSORS:heatmap_tensor"
  output_stream: "NORM_LANDMARKS:points"
}
node {
  calculator: "TensorsToSegmentationCalculator" input_stream: "TENSORS:mask_tensor" output_stream: "MASK:mask_image"
  options { [mediapipe.TensorsToSegmentationCalculatorOptions.ext] { gpu_origin: TOP_LEFT activation: SIGMOID } }
}
node { calculator: "FromImageCalculator" input_stream: "IMAGE:mask_image" output_stream: "IMAGE_CPU:mask" }
"""

MESH = """
input_stream: "image"
input_stream: "roi"
output_stream: "points"
node {
  calculator: "ConstantSidePacketCalculator" output_side_packet: "PACKET:with_attention"
  options { [mediapipe.ConstantSidePacketCalculatorOptions.ext] { packet { bool_value: true } } }
}
node {
  calculator: "FaceLandmarkCpu" input_stream: "IMAGE:image" input_stream: "ROI:roi"
  input_side_packet: "WITH_ATTENTION:with_attention" output_stream: "LANDMARKS:points"
}
"""

MESH_PRESENCE = "facelandmarkcpu__face_presence_score"
"""The inner stream of MESH that says how surely a face is there."""

WHOLE = rect_pb2.NormalizedRect(x_center=0.5, y_center=0.5, width=1.0, height=1.0, rotation=0.0)  # pyright: ignore[reportAttributeAccessIssue]


@dataclass(frozen=True, eq=False)
class Sighting:
    """A face or a body that a detection network sees."""

    score: float
    """From 0 to 1."""
    box: Float[ndarray, " 4"]
    """left, top, right, bottom."""
    points: Float[ndarray, "n 2"]
    """Of a face: right eye, left eye, nose, mouth, right ear, left ear. Of a body: its hip's middle, and a point on
    the circle around the whole person, straight above the head."""


@dataclass(frozen=True, eq=False)
class PoseReading:
    """What the pose network reads from a crop."""

    presence: float
    """From 0 to 1: how surely a person is in the crop."""
    points: Float[ndarray, "39 2"]
    """The 33 keypoints, then hip's middle and the point on the circle, then four of no use here."""
    visibility: Float[ndarray, " 39"]
    """From 0 to 1."""
    mask: Float[ndarray, "256 256"]
    """From 0 to 1."""


@dataclass(frozen=True, eq=False)
class MeshReading:
    """What the face mesh network reads from a crop."""

    presence: float
    """From 0 to 1: how surely a face is in the crop."""
    points: Float[ndarray, "478 2"]
    """The mesh, irises last."""
    depth: Float[ndarray, " 478"]
    """Away from the viewer, in pixels of the crop; 0 is about the middle of the head."""


class Graphs:
    """Copies of one graph: as many as threads ask at once, each loaded when it is first needed.

    Parameters
    ----------
    load : callable
        Makes a graph.
    streams : mapping
        Something for it to run on: the first run is when TensorFlow Lite logs.
    """

    def __init__(self, load: Callable[[], SolutionBase], streams: Mapping[str, Any]) -> None:
        self._load, self._streams = load, streams
        self._lock = threading.Lock()
        self._all: list[SolutionBase] = []
        self._free: list[SolutionBase] = []
        self._closed = False
        with hush_native_log():
            self._free.append(self._open())

    def run(self, streams: Mapping[str, Any]) -> Any:
        """What a graph makes of the streams; a ValueError after `close`."""
        with self._lock:
            graph = self._free.pop() if self._free else None
        if graph is None:
            with hush_native_log():
                graph = self._open()
        made = graph.process(streams)
        # A graph that fails cannot be used again, so only one that did not comes back.
        with self._lock:
            self._free.append(graph)
        return made

    def close(self) -> None:
        """Stop the graphs and their threads."""
        with self._lock:
            self._closed = True
            for graph in self._all:
                graph.close()
            self._all.clear()

    def _open(self) -> SolutionBase:
        graph = self._load()
        graph.process(self._streams)
        with self._lock:
            if self._closed:
                graph.close()
            else:
                self._all.append(graph)
        return graph


class Networks:
    """The loaded models; several threads may ask at once, and the same crop gets the same answer."""

    def __init__(self) -> None:
        gray = {"image": np.full((POSE_PX, POSE_PX, 3), 128, dtype=np.uint8)}
        self._body = Graphs(partial(_open_detection, "PoseDetectionCpu", "posedetectioncpu__", BODY_SEEN), gray)
        self._far = Graphs(partial(_open_detection, "FaceDetectionFullRangeCpu", _FAR, FACE_SEEN), gray)
        self._near = Graphs(partial(_open_detection, "FaceDetectionShortRangeCpu", _NEAR, FACE_SEEN), gray)
        self._pose = Graphs(partial(SolutionBase, graph_config=POSE), gray)
        self._mesh = Graphs(_open_mesh, {**gray, "roi": WHOLE})

    def close(self) -> None:
        """Stop the graphs and their threads."""
        for graphs in (self._body, self._far, self._near, self._pose, self._mesh):
            graphs.close()

    def find_bodies(self, crop: UInt8[ndarray, "224 224 3"]) -> list[Sighting]:
        """See whole people, at any turn, the surest first."""
        return self._detect(self._body, crop)

    def find_far_faces(self, crop: UInt8[ndarray, "192 192 3"]) -> list[Sighting]:
        """See faces down to a twentieth of the crop, the surest first."""
        return self._detect(self._far, crop)

    def find_near_faces(self, crop: UInt8[ndarray, "128 128 3"]) -> list[Sighting]:
        """See faces that fill much of the crop, the surest first."""
        return self._detect(self._near, crop)

    def read_pose(self, crop: UInt8[ndarray, "256 256 3"]) -> PoseReading:
        """Read keypoints and mask of the person whom the crop is around."""
        found = self._pose.run({"image": np.ascontiguousarray(crop)})
        points = found.points.landmark
        visibility = np.array([point.visibility for point in points], dtype=np.float64)
        return PoseReading(
            float(found.presence), _positions_of(points, POSE_PX), visibility, np.array(found.mask, dtype=np.float64)
        )

    def read_mesh(self, crop: UInt8[ndarray, "192 192 3"]) -> MeshReading:
        """Read the mesh of the face that the crop is around."""
        found = self._mesh.run({"image": np.ascontiguousarray(crop), "roi": WHOLE})
        points = found.points.landmark
        depth = np.array([point.z for point in points], dtype=np.float64) * MESH_PX
        return MeshReading(float(getattr(found, MESH_PRESENCE)), _positions_of(points, MESH_PX), depth)

    def _detect(self, graphs: Graphs, crop: ndarray) -> list[Sighting]:
        detections = graphs.run({"image": np.ascontiguousarray(crop)}).detections or ()
        return sorted((_sighting_of(each, len(crop)) for each in detections), key=lambda s: -s.score)


_FAR = "facedetectionfullrangecpu__facedetectionfullrange__facedetection__"
_NEAR = "facedetectionshortrangecpu__facedetectionshortrange__facedetection__"


def _open_detection(calculator: str, prefix: str, threshold: float) -> SolutionBase:
    return SolutionBase(
        graph_config=DETECTION.format(calculator=calculator),
        calculator_params={f"{prefix}TensorsToDetectionsCalculator.min_score_thresh": threshold},
    )


def _open_mesh() -> SolutionBase:
    return SolutionBase(
        graph_config=MESH,
        calculator_params={"facelandmarkcpu__ThresholdingCalculator.threshold": 0.0},
        outputs=["points", MESH_PRESENCE],
    )


def _positions_of(points: Any, pixels: int) -> Float[ndarray, "n 2"]:
    """Pixels of the crop from shares of it, 0 and 1 being its edges: only so do mirror images agree."""
    return np.array([(point.x, point.y) for point in points], dtype=np.float64) * pixels - 0.5


def _sighting_of(detection: Any, pixels: int) -> Sighting:
    place = detection.location_data
    box = place.relative_bounding_box
    edges = np.array([box.xmin, box.ymin, box.xmin + box.width, box.ymin + box.height], dtype=np.float64)
    return Sighting(float(detection.score[0]), edges * pixels - 0.5, _positions_of(place.relative_keypoints, pixels))
