"""Let the kernels that nbval starts find the package, and refuse them the network."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent

os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
os.environ["IPYTHONDIR"] = str(ROOT / "tests" / "ipython")
os.environ.pop("MPLBACKEND", None)  # with a backend set, inline figures disappear
