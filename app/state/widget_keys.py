"""Session-state keys of widgets that are read away from where they are shown."""

UPLOADER = "uploader"
TALK_UPLOADER = "talk-uploader"
CAMERA = "camera"
PRESET = "preset"
RUN_FILE = "run_file"
