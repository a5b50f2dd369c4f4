"""The parts of `topazcore.simulate`: particles, the microscope, and what else lies on a grid."""
