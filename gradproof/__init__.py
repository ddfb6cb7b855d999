"""gradproof: does my framework compute this right?"""

from gradproof.conform import assert_conforms
from gradproof.porting import optax_to_torch, torch_to_optax

__all__ = ["assert_conforms", "optax_to_torch", "torch_to_optax"]
