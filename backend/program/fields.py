"""Which field names a place in a program file knows, for "did you mean"."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel


def names_at(section: type[BaseModel], path: tuple[str | int, ...]) -> set[str]:
    """Names of the fields that may stand at a path of a section; several models where a union allows several."""
    here: list[Any] = [section]
    for step in path:
        here = [inner for annotation in here for inner in _inside(annotation, step)] or here
    return {name for annotation in here for model in _models(annotation) for name in _names(model)}


def _names(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield field.alias or name


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in {Union, types.UnionType, Annotated}:
        for part in get_args(annotation):
            yield from _models(part)


def _inside(annotation: Any, step: str | int) -> Iterator[Any]:
    """Annotations of what stands at a step inside an annotation. A step that names a union's branch yields nothing."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            if (field.alias or name) == step:
                yield field.annotation
        return
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin in {Union, types.UnionType}:
        for part in parts:
            yield from _inside(part, step)
    elif origin is Annotated:
        yield from _inside(parts[0], step)
    elif origin in {list, tuple} and isinstance(step, int):
        yield parts[0]
    elif isinstance(origin, type) and issubclass(origin, Mapping):
        yield parts[1]
