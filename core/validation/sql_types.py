"""Column types as PostgreSQL calls them, so that rules compare and look up one form."""

from __future__ import annotations

from dataclasses import dataclass

from core.definition.model import DEFAULT_NAMESPACE, Definition, Enum
from core.definition.types import ColumnType, DataType
from core.validation import known_types
from core.validation.parsing import SyntaxProblem, TypeSpelling, read_type_name

_NAMES = {
    DataType.SMALLINT: "int2",
    DataType.INT: "int4",
    DataType.BIGINT: "int8",
    DataType.DECIMAL: "numeric",
    DataType.FLOAT: "float4",
    DataType.DOUBLE: "float8",
    DataType.BOOLEAN: "bool",
    DataType.UUID: "uuid",
    DataType.TEXT: "text",
    DataType.BLOB: "bytea",
    DataType.CHAR: "bpchar",
    DataType.VARCHAR: "varchar",
    DataType.DATE: "date",
    DataType.TIME: "time",
    DataType.TIMESTAMP: "timestamp",
    DataType.TIMESTAMPTZ: "timestamptz",
    DataType.INTERVAL: "interval",
    DataType.JSONB: "jsonb",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlType:
    """A type that a column can have."""

    name: str
    """Its name in pg_type, or the id of the enum."""
    is_enum: bool = False
    """Whether it is an enum of the definition."""
    is_array: bool = False
    """Whether it is an array of that type."""
    modifiers: tuple[int | None, ...] = ()
    """Length, or precision and scale."""

    @property
    def is_scalar(self) -> bool:
        """Whether it is a built-in type and no array."""
        return not self.is_array and not self.is_enum

    @property
    def family(self) -> str:
        """What stands for all types that PostgreSQL compares with this one without a conversion."""
        name = f"enum {self.name}" if self.is_enum else self.name
        if not self.is_enum:
            for family, members in _FAMILIES:
                if name in members:
                    name = family
        return f"{name}[]" if self.is_array else name

    def is_assignable_to(self, target: SqlType) -> bool:
        """Whether a column of another type takes values of this one without being told how."""
        if target.is_scalar and target.name in known_types.AS_TEXT:
            return True
        if (self.name, self.is_enum, self.is_array) == (
            target.name,
            target.is_enum,
            target.is_array,
        ):
            return True
        are_scalar = self.is_scalar and target.is_scalar
        return are_scalar and target.name in known_types.ASSIGNABLE.get(self.name, ())

    def is_indexable_by(self, method: str) -> bool:
        """Whether an index of that method takes it without naming an operator class."""
        if self.is_array:
            if method == "gin":
                return self.is_enum or self.name in known_types.INDEXABLE["btree"]
            return method in known_types.ARRAY_METHODS
        if self.is_enum:
            return method in known_types.ENUM_METHODS
        return self.name in known_types.INDEXABLE[method]


_FAMILIES = (
    ("text", known_types.TEXT_TYPES),
    ("whole number", known_types.WHOLE_TYPES),
    ("floating point", known_types.FLOAT_TYPES),
)


def resolve_type(column_type: ColumnType, definition: Definition) -> SqlType | None:
    """Return the type that PostgreSQL would give the column, or None when there is none."""
    canonical = column_type.canonical()
    if canonical.data_type is DataType.ENUM:
        enum = definition.enum(canonical.enum_id) if canonical.enum_id else None
        return None if enum is None else SqlType(name=enum.id, is_enum=True)
    if canonical.data_type is DataType.NATIVE:
        spelling = read_type_name(canonical.native or "")
        return None if isinstance(spelling, SyntaxProblem) else find_type(spelling, definition)
    modifiers = (canonical.length, canonical.precision, canonical.scale)
    return SqlType(
        name=_NAMES[canonical.data_type],
        modifiers=tuple(item for item in modifiers if item is not None),
    )


def find_type(spelling: TypeSpelling, definition: Definition) -> SqlType | None:
    """Return the built-in type or the enum that a type name means, or None."""
    is_built_in = spelling.namespace in {None, "pg_catalog"}
    if is_built_in and spelling.name in known_types.TYPES:
        return SqlType(name=spelling.name, is_array=spelling.is_array, modifiers=spelling.modifiers)
    enum = _find_enum(spelling, definition.enums)
    if enum is None:
        return None
    return SqlType(
        name=enum.id, is_enum=True, is_array=spelling.is_array, modifiers=spelling.modifiers
    )


def _find_enum(spelling: TypeSpelling, enums: tuple[Enum, ...]) -> Enum | None:
    namespace = spelling.namespace or DEFAULT_NAMESPACE
    return next(
        (enum for enum in enums if enum.name == spelling.name and enum.namespace == namespace),
        None,
    )
