from trc_mee6.jobs.board import sync


def test_first(make_job, board):
    board.join(100000000000000000, 500)
    report = sync(make_job(), enroll_all=True)
    assert report.status == "ok", report.reason
