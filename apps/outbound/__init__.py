"""The one door to the network: address rules, time and size limits, one redacted log line per call."""
