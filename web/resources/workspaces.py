"""The routes of the workspace of a request, of its members, and of the sender's workspaces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from core.access.model import Belonging, Member
from core.access.roles import Scope
from web.access_bodies import read_member_body
from web.bodies import read_body
from web.context import application
from web.envelope import answer, answer_page
from web.json_writing import rfc3339
from web.paging import PageQuery, PageRequest
from web.principals import owner, principal
from web.routing import Answer, Noun
from web.shapes.access import (
    LONGEST_SUBJECT,
    MEMBER_BODY,
    MemberAnswer,
    MemberPage,
    OwnWorkspacePage,
    RemovedMemberAnswer,
    WorkspaceAnswer,
)

workspaces = Noun(
    "workspaces", "The workspace of this request, which everything belongs to, and its members."
)


@workspaces.route(
    "GET",
    "/workspace",
    answers=(
        Answer(status=200, shape=WorkspaceAnswer, description="Where you are and what you may do."),
    ),
)
def get_workspace() -> Response:
    """Ask who you are here."""
    you = principal()
    workspace = application().workspaces.get(you.workspace_id)
    payload = {
        "id": workspace.id,
        "name": workspace.name,
        "subject": you.subject,
        "role": None if you.role is None else you.role.value,
        "scopes": [scope.value for scope in Scope if you.may(scope)],
    }
    return answer(payload, "Workspace retrieved successfully")


@workspaces.route(
    "GET",
    "/workspaces",
    query=PageQuery,
    answers=(
        Answer(
            status=200, shape=OwnWorkspacePage, description="First joined first.", headers=("Link",)
        ),
    ),
)
def list_workspaces(query: Mapping[str, Any]) -> Response:
    """List your own workspaces; `X-Workspace` need not name one here."""
    page = PageRequest.of(query)
    found, total = application().workspaces.list_own(principal(), page=page.page, limit=page.limit)
    return answer_page(
        [_belonging_json(belonging) for belonging in found],
        total=total,
        page=page,
        message="Workspaces retrieved successfully",
    )


@workspaces.route(
    "GET",
    "/workspace/members",
    query=PageQuery,
    answers=(Answer(status=200, shape=MemberPage, description="Oldest first.", headers=("Link",)),),
)
def list_members(query: Mapping[str, Any]) -> Response:
    """List the members of the workspace."""
    page = PageRequest.of(query)
    found, total = application().workspaces.members(
        workspace_id=owner(), page=page.page, limit=page.limit
    )
    return answer_page(
        [_member_json(member) for member in found],
        total=total,
        page=page,
        message="Members retrieved successfully",
    )


@workspaces.route(
    "PUT",
    "/workspace/members",
    body=MEMBER_BODY,
    answers=(Answer(status=200, shape=MemberAnswer, description="A member, with this role."),),
    errors=(413, 415),
)
def put_member() -> Response:
    """Make somebody a member, or change the role of one."""
    body = read_member_body(read_body())
    member = application().workspaces.put_member(body.subject, body.role, workspace_id=owner())
    return answer(_member_json(member), "Member stored successfully")


@workspaces.route(
    "DELETE",
    f"/workspace/members/<string(maxlength={LONGEST_SUBJECT}):subject>",
    answers=(Answer(status=200, shape=RemovedMemberAnswer, description="A member no more."),),
    errors=(404,),
)
def remove_member(subject: str) -> Response:
    """End a membership, from the next request on."""
    application().workspaces.remove_member(subject, workspace_id=owner())
    return answer({"subject": subject}, "Member removed successfully")


def _belonging_json(belonging: Belonging) -> dict[str, Any]:
    return {
        "id": belonging.workspace.id,
        "name": belonging.workspace.name,
        "role": None if belonging.role is None else belonging.role.value,
    }


def _member_json(member: Member) -> dict[str, Any]:
    return {
        "subject": member.subject,
        "role": member.role.value,
        "createdAt": rfc3339(member.created_at),
    }
