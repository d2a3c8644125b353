"""All tables; importing this module fills ``Base.metadata``."""

from survey.store.models.appraisal import AppraisalDeadline, PointEvent
from survey.store.models.commitment import SampleCommitment
from survey.store.models.desk_sheet import DeskSheet
from survey.store.models.draft_file import DraftFile
from survey.store.models.duty import Duty, DutyEvent, DutyFile
from survey.store.models.field import (
    CaseAssignment,
    FieldAddress,
    FieldAttachment,
    FieldReceipt,
    FieldSubmission,
    ResponseFile,
)
from survey.store.models.fieldwork import ContactAttempt, ReserveRelease
from survey.store.models.frame import Contact, Dossier, Frame, FrameLayout, FrameUpload
from survey.store.models.household import HouseholdArea, HouseholdCase, HouseholdListing
from survey.store.models.office import AuditEvent, Job, User
from survey.store.models.paper import PaperForm
from survey.store.models.paper_entry import PaperEntry, PaperReturn
from survey.store.models.proposal import PlanProposal
from survey.store.models.questionnaire import (
    QuestionnaireDraft,
    QuestionnaireEvent,
    QuestionnaireFile,
    WaveVersion,
)
from survey.store.models.release import IndexRelease
from survey.store.models.replay import SchemeReplay
from survey.store.models.report import (
    IndexDrivers,
    IndexStanding,
    IndexTrace,
    ReportFile,
    UnitBoundary,
)
from survey.store.models.response import Desk, Draft, Response
from survey.store.models.results import (
    IndexRun,
    ResponseWeight,
    VerifiedPoint,
    VerifiedSet,
    WeighRun,
)
from survey.store.models.sample import (
    AccessCode,
    Case,
    CaseEvent,
    CaseWaiting,
    SampleDraw,
    SamplePlan,
)
from survey.store.models.screening import (
    DailySalt,
    DecisionAnswer,
    FlagAnswer,
    ParadataCount,
    ScreeningDecision,
    ScreeningFlag,
    ScreeningRun,
)
from survey.store.models.seal import Seal, SealedLeaf, Withdrawal
from survey.store.models.study import Questionnaire, Scheme, Wave, WaveUnit
from survey.store.models.supervision import (
    BackCheck,
    BackCheckCount,
    FieldMessage,
    FieldMessageRead,
)
from survey.store.models.unit import Unit, UnitSuccession

__all__ = [
    "BackCheck",
    "BackCheckCount",
    "FieldMessage",
    "FieldMessageRead",
    "AppraisalDeadline",
    "PointEvent",
    "AccessCode",
    "AuditEvent",
    "Case",
    "CaseAssignment",
    "CaseEvent",
    "CaseWaiting",
    "Contact",
    "ContactAttempt",
    "DailySalt",
    "DecisionAnswer",
    "Desk",
    "DeskSheet",
    "Dossier",
    "Draft",
    "DraftFile",
    "Duty",
    "DutyEvent",
    "DutyFile",
    "FlagAnswer",
    "FieldAddress",
    "FieldAttachment",
    "FieldReceipt",
    "FieldSubmission",
    "Frame",
    "FrameLayout",
    "FrameUpload",
    "HouseholdArea",
    "HouseholdCase",
    "HouseholdListing",
    "IndexDrivers",
    "IndexStanding",
    "IndexTrace",
    "IndexRelease",
    "IndexRun",
    "Job",
    "PaperEntry",
    "PaperForm",
    "PaperReturn",
    "ParadataCount",
    "PlanProposal",
    "Questionnaire",
    "QuestionnaireDraft",
    "QuestionnaireEvent",
    "QuestionnaireFile",
    "ReportFile",
    "ReserveRelease",
    "Response",
    "ResponseFile",
    "ResponseWeight",
    "SampleCommitment",
    "SampleDraw",
    "SamplePlan",
    "Scheme",
    "SchemeReplay",
    "ScreeningDecision",
    "ScreeningFlag",
    "ScreeningRun",
    "Seal",
    "SealedLeaf",
    "Unit",
    "UnitBoundary",
    "UnitSuccession",
    "User",
    "VerifiedPoint",
    "VerifiedSet",
    "Wave",
    "WaveUnit",
    "WaveVersion",
    "WeighRun",
    "Withdrawal",
]
