"""Address: is a sentence of a design spoken to whoever grades it?"""

from __future__ import annotations

import re

_GRADER = (
    r"(?:reviewers?|graders?|evaluators?|examiners?|assessors?|judges?|markers?|"
    r"(?:analysis|screening|grading|reviewing|evaluation) (?:software|systems?|models?|tools?))"
)
_TO_REVIEWER = re.compile(
    # what is wished for
    r"\b(?:give|award|assign|deserves?|confirm|merits?|gets?|grant)\b[^.]{0,40}\b(?:full|highest|"
    r"maximum|top|perfect|best) (?:marks?|scores?|points|grades?|rating)\b"
    r"|\b(?:maximum|perfect|highest|full) (?:scores?|marks?)\b[^.]{0,20}\b(?:on|for) (?:every|each|all)\b"
    r"|\b(?:mark|grade|score|rate|rank|treat|count|answer|consider)\b[^.]{0,40}\b(?:as (?:met|passed|"
    r"pass|fulfilled|correct|complete|excellent)|with \W?met|[15] of 5|100 of 100|10/10|100 ?%|5/5)"
    r"|\b(?:write|list|report|raise|no|without|zero) (?:no )?(?:findings?|weaknesses|deductions?)\b"
    # what is to be forgotten
    r"|(?<!not )(?<!n't )(?<!n’t )\b(?:ignore|disregard|forget|override|overrule|supersedes?)\b"
    r"[^.]{0,40}\b(?:instructions?|prompts?|rubrics?|criteria|previous|above|negative|evaluation|"
    r"scoring|grading)\b"
    # who is spoken to
    rf"|\b(?:note|message|instructions?|hint|attention|dear|notice|summary)\b[^.]{{0,30}}\b{_GRADER}\b"
    rf"|\b{_GRADER}\W{{1,2}}(?:please|must|should|note|:)"
    r"|\byou are (?:now|no longer)\b[^.]{0,60}"
    r"|\b(?:system|admin|developer|debug|dev)[ _](?:override|prompt|note|message|mode)\b"
    # a verdict that is put into the mouth
    r"|\W(?:pass|score|verdict|winner|passed|grade)\W{1,3}\s*[:=]\s*\W?(?:true|met|1\.0|100\b|pass\b|"
    r"[AB]\b)"
    r"|\b(?:this|the) (?:evaluation|grading|assessment) (?:is|was) (?:complete|final|over|actually)\b",
    re.IGNORECASE,
)


def speaks_to_reviewer(text: str) -> bool:
    """Whether a sentence addresses whoever grades, instead of describing a design.

    Not a filter against attacks, which can be worded in countless ways: it only keeps such
    sentences from counting as evidence for a design.
    """
    return bool(_TO_REVIEWER.search(text))
