"""MediaPipe's graphs, as it reads them, and copies of one for threads that ask at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from mediapipe.framework.formats import rect_pb2
from mediapipe.python.solution_base import SolutionBase

from morphlapse.subjects.native_log import hush_native_log

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


def open_bodies(least: float) -> SolutionBase:
    """The graph that sees whole people of that score or more."""
    return _open_detection("PoseDetectionCpu", "posedetectioncpu__", least)


def open_far_faces(least: float) -> SolutionBase:
    """The graph that sees small faces of that score or more."""
    inner = "facedetectionfullrangecpu__facedetectionfullrange__facedetection__"
    return _open_detection("FaceDetectionFullRangeCpu", inner, least)


def open_near_faces(least: float) -> SolutionBase:
    """The graph that sees large faces of that score or more."""
    inner = "facedetectionshortrangecpu__facedetectionshortrange__facedetection__"
    return _open_detection("FaceDetectionShortRangeCpu", inner, least)


def _open_detection(calculator: str, inner: str, least: float) -> SolutionBase:
    return SolutionBase(
        graph_config=DETECTION.format(calculator=calculator),
        calculator_params={f"{inner}TensorsToDetectionsCalculator.min_score_thresh": least},
    )


def open_pose() -> SolutionBase:
    """The graph that reads keypoints and mask of one person."""
    return SolutionBase(graph_config=POSE)


def open_mesh() -> SolutionBase:
    """The graph that reads the mesh of one face, however surely one is there."""
    return SolutionBase(
        graph_config=MESH,
        calculator_params={"facelandmarkcpu__ThresholdingCalculator.threshold": 0.0},
        outputs=["points", MESH_PRESENCE],
    )
