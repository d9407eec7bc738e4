"""Which patients a sign-in stands for: the person's own, and the next ones where a payer shows several."""

from apps.demo_payer.server.models import Account


def patients_of(account: Account, count: int) -> list[str]:
    """Return `count` patient ids at most, the account's own first, then those of the accounts after it."""
    if count == 1:
        return [account.patient_id]
    after = list(Account.objects.filter(pk__gt=account.pk).values_list("patient_id", flat=True)[: count - 1])
    if len(after) < count - 1:
        before = Account.objects.filter(pk__lt=account.pk)
        after += list(before.values_list("patient_id", flat=True)[: count - 1 - len(after)])
    return [account.patient_id, *after]
