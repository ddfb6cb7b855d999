"""gradproof: does my framework compute this right?"""

from gradproof.conform import assert_conforms

__all__ = ["assert_conforms"]
