"""The experiments of `run.py bench`: the paper's figures done again on simulated micrographs, with our own code.

Each experiment is a small module that says which trainings it wants and how their outcomes are shown. What they
share: `sets` are the micrographs, `measures` one training and what it is judged by, `execution` runs many of them
and remembers the finished ones in a `ledger`, `statistics` and `report` turn outcomes into tables and pages,
`plots` draws. Nothing outside `run.py bench` imports this package, and importing it loads neither torch nor
matplotlib.
"""

import importlib

from topazcore.experiments.experiment import Experiment

# name: one line of help; the module of that name holds EXPERIMENT
EXPERIMENTS = {
    "objectives": "PN, PU, GE-KL and GE-binomial against the number of labels (the paper's figure 5a)",
    "autoencoder": "the reconstruction weight against the number of labels (figure 5b)",
    "prior": "what a wrong class prior costs (supplementary figure 15)",
    "normalisation": "affine against mixture where half of a micrograph is carbon (supplementary figures 1 to 3)",
    "thresholds": "true and false picks as the threshold falls (figure 4)",
    "few": "five labels on one micrograph, nothing else told: the ranking, and the default threshold",
    "reference": "the paper's own sampling, ours beside the reference program (needs --peer once)",
    "classifiers": "accuracy of each classifier for its CPU time: the choice of the default",
}


def load_experiment(name: str) -> Experiment:
    """The experiment of that name, one of EXPERIMENTS."""
    return importlib.import_module(f"topazcore.experiments.{name}").EXPERIMENT
