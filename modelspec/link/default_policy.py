"""Maps of dtype policies get a default policy, without which Keras writes none of those they hold."""

from __future__ import annotations

from typing import Any

import keras


def with_default_policy(data: dict[str, Any]) -> dict[str, Any]:
    """A serialization dict; that of a map of policies with the policy in force as its default."""
    match data:
        case {
            "class_name": "DTypePolicyMap",
            "config": {"policy_map": dict() as policies, **rest} as config,
        } if policies and rest.get("default_policy") is None:
            policy = keras.config.dtype_policy()
            # The policy in force may be a map itself, whose name is no policy's.
            default = getattr(policy, "default_policy", policy).name
            return {**data, "config": {**config, "default_policy": default}}
        case _:
            return data
