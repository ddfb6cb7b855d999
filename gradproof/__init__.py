"""gradproof: does my framework compute this right?"""

from gradproof.conform import assert_conforms
from gradproof.porting import optax_to_torch, torch_to_optax
from gradproof.recurrent_weights import flax_to_torch_recurrent, torch_to_flax_recurrent

__all__ = [
    "assert_conforms",
    "flax_to_torch_recurrent",
    "optax_to_torch",
    "torch_to_flax_recurrent",
    "torch_to_optax",
]
