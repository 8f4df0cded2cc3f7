"""What in a submission's source a human should look at: names and why; costs no points.

None of it is a verdict. Every name has honest uses, and who cheats can avoid every name: what raises is in
`tripwire`, what cannot be reached from a submission's process is in `containment`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from pytest_rnn_conformance.grade import POLICIES

DELEGATES = "a ready-made recurrent network, which the assignment asks to write"
COMPUTES = "torch.nn computes this, and the assignment asks to do without torch.nn"
DIFFERENTIATES = "torch works out derivatives here, and the assignment asks to write the backward pass"
OPERATORS = "torch's operators, reached under other names than usual"
INTERNALS = "torch's internals, which can get around what is forbidden; no homework needs them"
MODULES = "it can change what modules others are given"
FRAMES = "it looks at who calls it, and can find values that are not its own"
MEMORY = "it can look through the memory of its process"
SYSTEM = "it starts, ends or disturbs processes"
NETWORK = "it reaches for the network or for other processes"
LATER = "it arranges for something to run later, or beside what is judged"
UNPICKLES = "it loads objects, which may be code, from a file"
BUILT = "code, or a name, that is put together while it runs: it is not to be read here"
JUDGES = "a part of the kit that judges submissions"
OWN_NETWORK = "the kit's own network, which the assignment asks to write"
DISGUISE = "a tensor that answers for itself when it is compared"

RECURRENT = r"(RNN|LSTM|GRU)(Base|Cell|CellBase)?"
ELSEWHERE = r"(keras|tensorflow|tf|tf_keras|flax|haiku|equinox|jax|mxnet|paddle|mlx|chainer|tinygrad)"

NAMES: Mapping[str, str] = {
    r"torch\.(compile|jit)\b.*(CompilationUnit|load)": BUILT,
    r"torch\.(.*\.)?__dict__(\..*)?": BUILT,
    r"torch\.(ops|library)(\..*)?": OPERATORS,
    r"torch\.(utils\.)?(fx|cpp_extension|overrides)(\..*)?": INTERNALS,
    r"torch\.(.*\.)?_(?!_|assert$|check$|shape_as_tensor$).*": INTERNALS,
    r"torch\.(.*\.)?_execution_engine(\..*)?": INTERNALS,
    r"(gc\.(get_\w+|freeze|unfreeze)|tracemalloc|mmap)(\..*)?": MEMORY,
    r"(ctypes|cffi|cython|pybind11|numba\.core)(\..*)?": MEMORY,
    r"sys\.(modules|meta_path|path_hooks|path_importer_cache)(\..*)?": MODULES,
    r"sys\.(_getframe|_current_frames|_getframemodulename|settrace|setprofile|monitoring)(\..*)?": FRAMES,
    r"inspect\.(stack|trace|currentframe|getouterframes|getinnerframes|getsource|getsourcelines)": FRAMES,
    r"os\.(system|popen|_exit|kill|killpg|abort|fork|forkpty|exec\w+|spawn\w+|posix_spawnp?)": SYSTEM,
    r"os\.(setuid|setgid|setresuid|chmod|chown|dup2?|ptrace)": SYSTEM,
    r"(subprocess|pty|resource)(\..*)?": SYSTEM,
    r"(socket|socketserver|multiprocessing|torch\.multiprocessing|concurrent\.futures)(\..*)?": NETWORK,
    r"(threading|_thread|asyncio|atexit)\.\w+": LATER,
    r"signal\.(signal|alarm|setitimer|pthread_\w+|siginterrupt|set_wakeup_fd|raise_signal)": LATER,
    r"(pickle|_pickle|cPickle|dill|cloudpickle|joblib|marshal|shelve)\.(load\w*|Unpickler|open)": UNPICKLES,
    r"(importlib\.(import_module|reload|util|machinery)|runpy)(\..*)?": BUILT,
    r"operator\.(attrgetter|methodcaller)": BUILT,
    r"unittest\.mock(\..*)?": "it puts something else in the place of what others call",
    r"(exec|eval|compile|__import__)": BUILT,
    r"pytest_rnn_conformance\.(?!(Implementation|Case|Config|CAPABILITIES|LEVELS|check_rnn|inspect_rnn"
    r"|conformance_checks|Report|Outcome|Status|\w*Error|\w*Warning|model\b|notebook\b)).+": JUDGES,
}
"""Dotted names, as imports have them, as patterns that fit whole, and why to look; under every policy."""

FORBIDDEN_NAMES: Mapping[str, Mapping[str, str]] = {
    "fused": {
        rf"torch\.nn(\..*)?\.{RECURRENT}": DELEGATES,
        r"torch\.(\w+_)?(rnn|lstm|gru)(_\w+)?": DELEGATES,
        r"torch\.(ao|quantization)(\..*)?": DELEGATES,
        rf"{ELSEWHERE}\..*(RNN|LSTM|GRU).*": DELEGATES,
        r"rnn_conformance_reference(\..*)?": OWN_NETWORK,
    },
    "no-nn": {
        r"torch\.nn\.functional\..*": COMPUTES,
        r"torch\.nn\.(?!(Module|Parameter|Buffer|Sequential|Module\w+|Parameter\w+|Identity|Uninitialized\w+)\b)"
        r"[A-Z]\w*": COMPUTES,
        r"torch\.(conv\w+|(batch|layer|group|instance|rms)_norm|embedding\w*|bilinear)": COMPUTES,
    },
    "no-autograd": {
        r"torch\.autograd\.(grad|backward|functional|forward_ad)(\..*)?": DIFFERENTIATES,
        r"torch\.func\.(grad|grad_and_value|vjp|jvp|jacrev|jacfwd|hessian|linearize)": DIFFERENTIATES,
    },
}
"""By policy: what is to be looked at in addition."""

ATTRIBUTES: Mapping[str, str] = {
    "decompose": OPERATORS,
    "_op_dk": OPERATORS,
    "py_kernels": OPERATORS,
    "py_impl": OPERATORS,
    "redispatch": OPERATORS,
    "__globals__": FRAMES,
    "__closure__": FRAMES,
    "__code__": FRAMES,
    "__builtins__": FRAMES,
    "__subclasses__": MEMORY,
    "f_back": FRAMES,
    "f_locals": FRAMES,
    "f_globals": FRAMES,
    "gi_frame": FRAMES,
    "tb_frame": FRAMES,
    "write_text": "it writes a file",
    "write_bytes": "it writes a file",
}
"""Attributes to look at, whatever they are of; not of `self`."""

METHODS: Mapping[str, str] = {
    "__torch_function__": DISGUISE,
    "__torch_dispatch__": DISGUISE,
    "__del__": LATER,
}
"""Methods to look at where they are defined."""

PATCHED = re.compile(r"(torch|numpy|sys|builtins|inspect|pytest_rnn_conformance|gc)(\..*)?")
SETTINGS = re.compile(r"torch\.(backends|set_\w+)(\..*)?|sys\.(dont_write_bytecode|ps1|ps2)")
"""What may be assigned in torch: it is a setting."""


@dataclass(frozen=True, slots=True)
class Suspects:
    """The names to look for under a policy."""

    names: tuple[tuple[re.Pattern[str], str], ...]

    def why(self, name: str) -> str:
        """Say why to look at a dotted name; empty: there is no need."""
        return next((why for pattern, why in self.names if pattern.fullmatch(name)), "")


@cache
def under(policy: str) -> Suspects:
    """Return what to look for under a policy; what it forbids comes first."""
    rules: dict[str, str] = {}
    for each in POLICIES[: POLICIES.index(policy) + 1]:
        rules |= FORBIDDEN_NAMES.get(each, {})
    return Suspects(tuple((re.compile(pattern), why) for pattern, why in (rules | dict(NAMES)).items()))
