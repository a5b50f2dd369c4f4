"""`run.py simulate`: micrographs with known particles, and their truth, into a folder."""

import argparse
import sys
from pathlib import Path

from topazcore.commands.progress import progress_line
from topazcore.simulate import TRUTH_FILE, SimulationSettings, simulate
from topazcore.simulation.particles import PARTICLES

HELP = "make micrographs with known particles"

# flag: (setting, metavar, help)
_NUMBERS = {
    "--micrographs": ("micrographs", "N", "how many"),
    "--size": ("size_px", "PX", "width and height in pixels"),
    "--pixel-size-angstrom": ("pixel_size_angstrom", "A", "pixel size in Å"),
    "--diameter-angstrom": ("diameter_angstrom", "D", "diameter of the particle in Å"),
    "--particles": ("particles_per_micrograph", "N", "mean number per micrograph"),
    "--snr": ("snr", "R", "signal to noise of the particles (power) at full size"),
    "--dose": ("dose_per_square_angstrom", "E", "electrons per square Å"),
    "--seed": ("seed", "S", "the same seed gives the same micrographs"),
}
# flag: (setting, value of the bare flag, metavar, help)
_CONTAMINANTS = {
    "--carbon": ("carbon", 0.2, "SHARE", "a carbon film over a share of each micrograph"),
    "--gold": ("gold", 4, "N", "gold beads on each micrograph"),
    "--ice": ("ice", 4, "N", "ice crystals on each micrograph"),
    "--aggregates": ("aggregates", 3, "N", "heaps of particles on each micrograph"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    defaults = SimulationSettings()
    parser.add_argument("folder", type=Path, metavar="FOLDER", help=f"gets 0001.mrc, ... and {TRUTH_FILE}")
    parser.add_argument("--particle", choices=list(PARTICLES), default=defaults.particle, help="its shape")
    for flag, (name, metavar, text) in _NUMBERS.items():
        default = getattr(defaults, name)
        text = f"{text} (default {default:g})"
        parser.add_argument(flag, dest=name, type=type(default), default=default, metavar=metavar, help=text)
    for flag, (name, bare, metavar, text) in _CONTAMINANTS.items():
        parser.add_argument(
            flag,
            dest=name,
            type=type(bare),
            nargs="?",
            const=bare,
            default=0,
            metavar=metavar,
            help=f"{text} ({bare} without a number)",
        )


def run(args: argparse.Namespace) -> int:
    """Simulate; the summary goes to standard output."""
    names = [name for name, *_ in (*_NUMBERS.values(), *_CONTAMINANTS.values())]
    settings = SimulationSettings(particle=args.particle, **{name: getattr(args, name) for name in names})
    with progress_line("simulated", sys.stderr) as progress:
        truth = simulate(settings, args.folder, progress)
    count = f"{settings.micrographs} micrographs with {len(truth)} particles"
    print(f"{count} in {args.folder}; truth in {TRUTH_FILE}")
    return 0
