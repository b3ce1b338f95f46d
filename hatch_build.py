"""Build hook: compiles the kernels into the wheel, and into the tree where the package is installed as editable.

Where there is no C compiler the package is built without: it runs the same kernels as plain Python. With
``NETANALYZE_REQUIRE_KERNELS=1`` that is an error.
"""

import os
import sys
import sysconfig
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class KernelsHook(BuildHookInterface):
    """Called by hatchling before it puts the files together."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and mark the wheel as one of this platform."""
        sys.path.insert(0, self.root)
        from build_tools.kernels import CannotBuild, build

        try:
            library = build()
        except CannotBuild as error:
            if os.environ.get("NETANALYZE_REQUIRE_KERNELS") == "1":
                raise
            self.app.display_warning(f"netanalyze runs its kernels as plain Python, large captures slowly: {error}")
            return
        build_data["artifacts"].append(str(library.relative_to(self.root)))
        build_data["pure_python"] = False
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["tag"] = f"py3-none-{platform}"
