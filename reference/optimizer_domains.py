"""Domains of hyper-parameters that most optimizers have; others stand in their signatures."""

from __future__ import annotations

from typing import Annotated

from reference.technique import Between

Rate = Annotated[float, Between(1e-4, 1.0, log=True)]
Beta1 = Annotated[float, Between(0.0, 0.99)]
Beta2 = Annotated[float, Between(0.0, 0.9999)]
Eps = Annotated[float, Between(1e-10, 1e-2, log=True)]
EpsRoot = Annotated[float, Between(1e-16, 1e-4, log=True)]
WeightDecay = Annotated[float, Between(1e-5, 0.1, log=True)]
