"""Column types as PostgreSQL calls them, so that rules compare and look up one form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.definition.model import DEFAULT_NAMESPACE, Definition, Enum
from core.definition.types import ColumnType, DataType
from core.validation import known_types
from core.validation.parsing import SyntaxProblem, TypeSpelling, read_type_name

MAX_NATIVE_TYPES = 2_000
"""Different texts of native types that are read; a rule refuses definitions with more."""

_NOT_READ = SyntaxProblem(message="there are too many different ones", position=1)

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


class TypeResolver:
    """Finds types for one definition, and reads each text of a native type once."""

    def __init__(self, definition: Definition) -> None:
        self._enums_by_id: Mapping[str, Enum] = {
            enum.id: enum for enum in reversed(definition.enums)
        }
        self._enums_by_name: Mapping[tuple[str, str], Enum] = {
            (enum.namespace, enum.name): enum for enum in reversed(definition.enums)
        }
        self._resolved: dict[ColumnType, SqlType | None] = {}
        self._spellings: dict[str, TypeSpelling | SyntaxProblem] = {}

    @property
    def has_left_some(self) -> bool:
        """Whether there are more different native types than are read."""
        return len(self._spellings) > MAX_NATIVE_TYPES

    def resolve(self, column_type: ColumnType) -> SqlType | None:
        """Return the type that PostgreSQL would give the column, or None when there is none."""
        if column_type not in self._resolved:
            self._resolved[column_type] = self._resolve(column_type)
        return self._resolved[column_type]

    def spelling(self, native: str) -> TypeSpelling | SyntaxProblem:
        """Return what a native type spells; beyond so many different ones nothing is read."""
        if native not in self._spellings:
            self._spellings[native] = (
                read_type_name(native) if len(self._spellings) < MAX_NATIVE_TYPES else _NOT_READ
            )
        return self._spellings[native]

    def find(self, spelling: TypeSpelling) -> SqlType | None:
        """Return the built-in type or the enum that a type name means, or None."""
        name = spelling.name
        is_built_in = spelling.namespace in {None, "pg_catalog"} and name in known_types.TYPES
        if not is_built_in:
            enum = self._enums_by_name.get((spelling.namespace or DEFAULT_NAMESPACE, name))
            if enum is None:
                return None
            name = enum.id
        return SqlType(
            name=name,
            is_enum=not is_built_in,
            is_array=spelling.is_array,
            modifiers=spelling.modifiers,
        )

    def _resolve(self, column_type: ColumnType) -> SqlType | None:
        canonical = column_type.canonical()
        if canonical.data_type is DataType.ENUM:
            enum = self._enums_by_id.get(canonical.enum_id or "")
            return None if enum is None else SqlType(name=enum.id, is_enum=True)
        if canonical.data_type is DataType.NATIVE:
            spelling = self.spelling(canonical.native or "")
            return None if isinstance(spelling, SyntaxProblem) else self.find(spelling)
        modifiers = (canonical.length, canonical.precision, canonical.scale)
        return SqlType(
            name=_NAMES[canonical.data_type],
            modifiers=tuple(item for item in modifiers if item is not None),
        )
