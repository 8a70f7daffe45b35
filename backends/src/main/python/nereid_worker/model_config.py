"""The configuration that ``auto_complete_config`` completes."""

from __future__ import annotations

import json
from typing import Any

from .datatypes import CONFIGURATION_TYPES

Properties = dict[str, Any]

_SCHEDULERS = ("dynamic_batching", "sequence_batching", "ensemble_scheduling")
_INPUT_PROPERTIES = ("name", "data_type", "dims", "optional")
_OUTPUT_PROPERTIES = ("name", "data_type", "dims")


class ModelConfig:
    """What the model's configuration says so far, and what the model adds. Errors are ValueError, in Triton's words."""

    def __init__(self, model_config: str) -> None:
        self._config: Properties = json.loads(model_config)

    def as_dict(self) -> Properties:
        """The configuration itself: what is changed in it is changed."""
        return self._config

    def set_max_batch_size(self, max_batch_size: int) -> None:
        specified = self._config.get("max_batch_size", 0)
        if specified > max_batch_size:
            raise ValueError(
                f"configuration specified max_batch_size {specified}, but in auto-complete-config function for model "
                f"'{self._name()}' specified max_batch_size {max_batch_size}"
            )
        self._config["max_batch_size"] = max_batch_size

    def set_dynamic_batching(self) -> None:
        scheduler = next((each for each in _SCHEDULERS if each in self._config), None)
        if scheduler is None:
            self._config["dynamic_batching"] = {}
        elif scheduler != "dynamic_batching":
            raise ValueError(
                f"Configuration specified scheduling_choice as '{scheduler}', but auto-complete-config function for "
                f"model '{self._name()}' tries to set scheduling_choice as 'dynamic_batching'"
            )

    def add_input(self, input: Properties) -> None:
        """Adds an input, or completes the one of that name, with which it must agree."""
        self._check_properties("input", input, _INPUT_PROPERTIES, "'name', 'data_type', 'dims' and 'optional'")
        self._add("input", input)

    def add_output(self, output: Properties) -> None:
        """Adds an output, or completes the one of that name, with which it must agree."""
        self._check_properties("output", output, _OUTPUT_PROPERTIES, "'name', 'data_type' and 'dims'")
        self._add("output", output)

    def set_model_transaction_policy(self, transaction_policy_dict: Properties) -> None:
        for each in transaction_policy_dict:
            if each != "decoupled":
                raise ValueError(
                    f"model transaction property in auto-complete-config function for model '{self._name()}' contains "
                    "property other than 'decoupled'."
                )
        if "decoupled" not in transaction_policy_dict:
            raise ValueError(
                "model transaction property in auto-complete-config function for model "
                f"'{self._name()}' is missing 'decoupled' property"
            )
        decoupled = transaction_policy_dict["decoupled"]
        policy = self._config.get("model_transaction_policy")
        if policy and policy.get("decoupled", False) != decoupled:
            raise ValueError(
                f"trying to change decoupled property in auto-complete-config for model '{self._name()}', which is "
                f"already set to '{policy.get('decoupled', False)}'."
            )
        self._config["model_transaction_policy"] = {"decoupled": decoupled}

    def _name(self) -> str:
        return str(self._config.get("name", ""))

    def _check_properties(self, kind: str, properties: Properties, known: tuple[str, ...], words: str) -> None:
        where = f"in auto-complete-config function for model '{self._name()}'"
        named = f"{kind} '{properties['name']}'" if "name" in properties else kind
        for each in properties:
            if each not in known:
                raise ValueError(f"{named} {where} contains property other than {words}.")
        for each in _OUTPUT_PROPERTIES:
            if each not in properties:
                raise ValueError(f"{named} {where} is missing '{each}' property.")
        if properties["data_type"] not in CONFIGURATION_TYPES:
            raise ValueError(f"{named} {where} has the unknown data type '{properties['data_type']}'.")

    def _add(self, kind: str, properties: Properties) -> None:
        present = self._config.setdefault(kind, [])
        for each in present:
            if each["name"] == properties["name"]:
                self._complete(kind, each, properties)
                return
        present.append(properties)

    def _complete(self, kind: str, present: Properties, properties: Properties) -> None:
        name = properties["name"]
        data_type = present.get("data_type", "TYPE_INVALID")
        if data_type == "TYPE_INVALID":
            present["data_type"] = properties["data_type"]
        elif data_type != properties["data_type"]:
            raise ValueError(
                f"unable to load model '{self._name()}', configuration expects datatype {data_type} for {kind} "
                f"'{name}', model provides {properties['data_type']}"
            )
        dims = present.get("dims")
        expected = list(properties["dims"])
        if not dims:
            present["dims"] = expected
        elif dims != expected:
            raise ValueError(
                f"model '{self._name()}', tensor '{name}': the model expects dims {expected} but the model "
                f"configuration specifies dims {dims}"
            )
        self._complete_optional(present, properties)

    def _complete_optional(self, present: Properties, properties: Properties) -> None:
        if "optional" not in properties:
            return
        if "optional" not in present:
            present["optional"] = properties["optional"]
        elif present["optional"] != properties["optional"]:
            raise ValueError(
                f"model '{self._name()}', tensor '{properties['name']}': the model expects optional "
                f"{properties['optional']} but the model configuration specifies optional {present['optional']}"
            )
