"""What customers of a bank want, 77 intents: word sequence → label.

Casanueva et al. 2020 (https://aclanthology.org/2020.nlp4convai-1.5), Banking77.

    python -m recipes run banking

Measured: test accuracy 91.72 % (90.75 to 92.66), shallow 86.40 % (85.13 to 87.69),
better than the shallow model (p ≤ 0.001); 436 s, 20 epochs, seed 0, 1 core of AMD EPYC.
"""
from recipes.recipe import Recipe
from registry import Framing, Label, WordSeq

DATASET = "banking77"
INTENTS = tuple("""
Refund_not_showing_up activate_my_card age_limit apple_pay_or_google_pay atm_support automatic_top_up
balance_not_updated_after_bank_transfer balance_not_updated_after_cheque_or_cash_deposit beneficiary_not_allowed
cancel_transfer card_about_to_expire card_acceptance card_arrival card_delivery_estimate card_linking card_not_working
card_payment_fee_charged card_payment_not_recognised card_payment_wrong_exchange_rate card_swallowed
cash_withdrawal_charge cash_withdrawal_not_recognised change_pin compromised_card contactless_not_working
country_support declined_card_payment declined_cash_withdrawal declined_transfer direct_debit_payment_not_recognised
disposable_card_limits edit_personal_details exchange_charge exchange_rate exchange_via_app extra_charge_on_statement
failed_transfer fiat_currency_support get_disposable_virtual_card get_physical_card getting_spare_card
getting_virtual_card lost_or_stolen_card lost_or_stolen_phone order_physical_card passcode_forgotten
pending_card_payment pending_cash_withdrawal pending_top_up pending_transfer pin_blocked receiving_money
request_refund reverted_card_payment? supported_cards_and_currencies terminate_account top_up_by_bank_transfer_charge
top_up_by_card_charge top_up_by_cash_or_cheque top_up_failed top_up_limits top_up_reverted topping_up_by_card
transaction_charged_twice transfer_fee_charged transfer_into_account transfer_not_received_by_recipient
transfer_timing unable_to_verify_identity verify_my_identity verify_source_of_funds verify_top_up
virtual_card_not_working visa_or_mastercard why_verify_identity wrong_amount_of_cash_received
wrong_exchange_rate_for_cash_withdrawal
""".split())


def data(folders):
    """Return the raw examples."""
    from recipes.datasets.tfds_source import from_tfds

    return from_tfds(DATASET, folders, x="text", y="intent")


def recipe():
    """Return the experiment."""
    return Recipe(
        name="banking", data="Banking77", target=0.915,
        framing=Framing(WordSeq(min_count=2, word_dropout=0.3), Label(INTENTS)),
        architecture="text_cnn", options={"filters": 250}, epochs=20, batch_size=64, learning_rate=1e-3,
        weight_decay=0.1, ema=0.99, label_smoothing=0.1)
