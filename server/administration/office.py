"""The office performs acts: the same code in a running server and, when none runs, in the command itself."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar

from audit.event import Actor
from audit.ports import LogUnavailable
from server.administration import (
    acts,
    canary_acts,
    erasure_acts,
    export_acts,
    flag_acts,
    handoff_acts,
    identity_acts,
    report_acts,
    ring_acts,
    roster_acts,
    search_acts,
    webhook_acts,
    wrapping_acts,
)
from server.administration.act import Act
from server.administration.backup_entry import backup_made
from server.administration.canary_office import CanaryOffice
from server.administration.case_office import CaseOffice
from server.administration.customer_office import CustomerOffice
from server.administration.erasure_office import ErasureOffice
from server.administration.errors import ActRefused, CannotReach
from server.administration.export_office import ExportOffice
from server.administration.flag_office import FlagOffice
from server.administration.ground import Ground
from server.administration.handoff_office import HandoffOffice
from server.administration.identity_office import IdentityOffice
from server.administration.key_office import KeyOffice
from server.administration.report_office import ReportOffice
from server.administration.ring_office import RingOffice
from server.administration.roster_office import RosterOffice
from server.administration.search_office import SearchOffice
from server.administration.staff_office import StaffOffice
from server.administration.webhook_office import WebhookOffice
from server.administration.wrapping_office import WrappingOffice
from session.errors import NotRecorded
from support.ports import StoreUnavailable

AnswerType = TypeVar("AnswerType")
Perform = Callable[[Any, Actor], Awaitable[Any]]
NOT_RECORDED: Final = (
    "The audit log does not take entries, so nothing was given. `tachiai doctor` says what is wrong with it. "
    "Then ask again."
)
NO_DATABASE: Final = (
    "The database does not answer. What was asked may or may not have been done: look again once it does. "
    "If somebody was to be disabled, whatever they did in the running server has ended."
)


class Office:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        staff, customers = StaffOffice(ground), CustomerOffice(ground)
        cases, keys = CaseOffice(ground), KeyOffice(ground)
        erasures, searches = ErasureOffice(ground), SearchOffice(ground)
        wrapping, webhooks = WrappingOffice(ground), WebhookOffice(ground)
        exports, identities = ExportOffice(ground, searches), IdentityOffice(ground)
        signers = HandoffOffice(ground)
        ring = RingOffice(ground)
        canaries = CanaryOffice(ground)
        self._table: Mapping[type[Any], Perform] = {
            acts.Status: self._status,
            acts.Examine: self._examine,
            acts.ListStaff: staff.show_all,
            acts.InviteStaff: staff.invite,
            acts.DisableStaff: staff.disable,
            acts.EnableStaff: staff.enable,
            acts.ChangeStaff: staff.change,
            acts.RequestReset: staff.request_reset,
            acts.RecoverOfficer: staff.recover,
            acts.ImportCustomers: customers.take_in,
            acts.ListCustomers: customers.show_all,
            acts.EnrolCustomer: customers.enrol,
            acts.ResetCustomer: customers.request_reset,
            acts.OpenCase: cases.open,
            acts.ListCases: cases.show_all,
            acts.CloseCase: cases.close,
            acts.AssignCase: cases.assign,
            acts.CreateKey: keys.create,
            acts.ListKeys: keys.show_all,
            acts.RevokeKey: keys.revoke,
            acts.RotateKey: keys.rotate,
            acts.NoteBackup: self._note_backup,
            erasure_acts.RequestErasure: erasures.request,
            erasure_acts.ListErasures: erasures.show_all,
            erasure_acts.WithdrawErasure: erasures.withdraw,
            erasure_acts.HoldCustomer: erasures.hold,
            erasure_acts.ReleaseCustomer: erasures.release,
            search_acts.SearchLog: searches.search,
            search_acts.RebuildIndex: searches.rebuild,
            search_acts.ShowIndex: searches.show,
            report_acts.MakeReport: ReportOffice(ground).make,
            wrapping_acts.RewrapKeys: wrapping.rewrap,
            wrapping_acts.NoteDecryption: wrapping.note_decryption,
            ring_acts.RotateAuthenticators: ring.rotate,
            ring_acts.RetireAuthenticatorKey: ring.retire,
            export_acts.BeginExport: exports.begin,
            export_acts.NextPiece: exports.next,
            export_acts.LeaveExport: exports.leave,
            export_acts.ListExports: exports.show_all,
            export_acts.MakeEvidence: exports.prove,
            webhook_acts.AddWebhook: webhooks.add,
            webhook_acts.ListWebhooks: webhooks.show_all,
            webhook_acts.RemoveWebhook: webhooks.remove,
            webhook_acts.TryWebhook: webhooks.test,
            identity_acts.LinkIdentity: identities.link,
            identity_acts.UnlinkIdentity: identities.unlink,
            handoff_acts.AddSigner: signers.add,
            handoff_acts.ListSigners: signers.show_all,
            handoff_acts.RemoveSigner: signers.remove,
            flag_acts.WhatIf: FlagOffice(ground).what_if,
            roster_acts.ImportRoster: RosterOffice(ground).take_in,
            canary_acts.AddCanary: canaries.add,
            canary_acts.ListCanaries: canaries.show_all,
            canary_acts.RemoveCanary: canaries.remove,
        }

    async def perform(self, act: Act[AnswerType], by: Actor) -> AnswerType:
        """Raises ActRefused, CannotReach. `by` is who asks, as the kernel tells."""
        try:
            answer: AnswerType = await self._table[type(act)](act, by)
        except (LogUnavailable, NotRecorded) as error:
            raise CannotReach(NOT_RECORDED) from error
        except StoreUnavailable as error:
            raise CannotReach(NO_DATABASE) from error
        return answer

    async def _status(self, _: acts.Status, __: Actor) -> acts.StatusShown:
        return await self._ground.status()

    async def _examine(self, _: acts.Examine, __: Actor) -> acts.Examined:
        return await self._ground.examine()

    async def _note_backup(self, act: acts.NoteBackup, by: Actor) -> acts.Noted:
        if act.entries > self._ground.log.size:
            raise ActRefused("The backup claims to hold more entries than the log has. It was not noted.")
        noted = await self._ground.log.append(backup_made(act, by, self._ground.clock.now_ms()))
        return acts.Noted(entry=noted.index)
