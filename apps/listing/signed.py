"""Answers to the questions of payers, each with who signed it and when; older ones stay."""

from typing import ClassVar

from django.db import models
from django.utils import timezone


class SignedAnswer(models.Model):
    """One answer; the newest of a question counts. A questionnaire of another name is one more of them."""

    questionnaire = models.CharField(max_length=40, help_text="elevance, highmark, wellmark, or a new one.")
    question = models.CharField(max_length=300, help_text="As it stands in the packet, or a new one.")
    answer = models.TextField()
    evidence = models.CharField(max_length=500, blank=True, help_text="Where the text or the test is.")
    signer = models.CharField(max_length=120, help_text="Name and office.")
    signed_on = models.DateField(default=timezone.localdate)

    class Meta:
        verbose_name = "signed answer"
        ordering: ClassVar = ["questionnaire", "question", "-signed_on", "-pk"]

    def __str__(self) -> str:
        return f"{self.questionnaire}: {self.question[:60]}"
