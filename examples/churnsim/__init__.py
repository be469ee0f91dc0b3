"""The case study on the output of the ChurnSim simulator."""
